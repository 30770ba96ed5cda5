/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog.schema;

import jakarta.persistence.EntityManagerFactory;
import java.time.Clock;
import java.util.Map;
import java.util.Objects;
import javax.sql.DataSource;
import org.hapibinary.catalog.CatalogDatabase;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;
import org.springframework.orm.jpa.SharedEntityManagerCreator;
import org.springframework.orm.jpa.persistenceunit.PersistenceManagedTypes;
import org.springframework.orm.jpa.vendor.HibernateJpaVendorAdapter;

/** The catalog's own persistence unit, on Hibernate, for a server that does not have HAPI's. */
public final class CatalogPersistence implements AutoCloseable {

    /** How many rows one round trip to the database changes. */
    private static final int BATCH_SIZE = 100;

    private final EntityManagerFactory factory;

    /** @param dataSource a database with the catalog's tables; {@link #close} does not close it */
    public CatalogPersistence(DataSource dataSource) {
        LocalContainerEntityManagerFactoryBean bean = new LocalContainerEntityManagerFactoryBean();
        bean.setPersistenceUnitName("hapi-binary");
        bean.setDataSource(dataSource);
        bean.setJpaVendorAdapter(new HibernateJpaVendorAdapter());
        bean.setManagedTypes(PersistenceManagedTypes.of(CatalogEntities.CLASS_NAMES.toArray(String[]::new)));
        bean.setJpaPropertyMap(Map.of("hibernate.jdbc.batch_size", BATCH_SIZE, "hibernate.order_updates", true));
        bean.afterPropertiesSet();
        factory = Objects.requireNonNull(bean.getObject());
    }

    /**
     * The catalog's tables. Their transactions are independent of the host's, even on the same thread.
     *
     * @param clock measures expiry
     */
    public CatalogDatabase database(Clock clock) {
        JpaTransactionManager transactions = new JpaTransactionManager(factory);
        transactions.setDataSource(null);
        return new CatalogDatabase(SharedEntityManagerCreator.createSharedEntityManager(factory), transactions, clock);
    }

    @Override
    public void close() {
        factory.close();
    }
}
