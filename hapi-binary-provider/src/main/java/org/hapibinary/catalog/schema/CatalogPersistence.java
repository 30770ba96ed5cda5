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

/** A persistence unit of the catalog's own, for a server without HAPI's, on Hibernate and any data source. */
public final class CatalogPersistence implements AutoCloseable {

    /** Rows that are changed in one round trip to the database. */
    private static final int BATCH_SIZE = 100;

    private final EntityManagerFactory factory;

    /** @param dataSource of a database with the catalog's tables; stays open when this is closed */
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
     * The catalog's tables. Their transactions are their own: a host that has one on the same thread commits without
     * them.
     *
     * @param clock the source of every moment written
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
