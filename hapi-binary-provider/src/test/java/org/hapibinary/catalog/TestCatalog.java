/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import com.zaxxer.hikari.HikariDataSource;
import jakarta.persistence.EntityManagerFactory;
import java.time.Clock;
import java.util.Map;
import java.util.Objects;
import javax.sql.DataSource;
import org.hapibinary.catalog.schema.CatalogEntities;
import org.hapibinary.catalog.schema.CatalogMigration;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;
import org.springframework.orm.jpa.SharedEntityManagerCreator;
import org.springframework.orm.jpa.vendor.HibernateJpaVendorAdapter;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * A catalog on a database of its own, whose tables Flyway has made and Hibernate has checked.
 *
 * @param transaction of the same persistence unit
 * @param whenClosed closes what was opened with it
 */
public record TestCatalog(
        CatalogDatabase database,
        ExportCatalog catalog,
        TransactionTemplate transaction,
        EntityManagerFactory entityManagerFactory,
        Runnable whenClosed)
        implements AutoCloseable {

    public static TestCatalog on(DataSource dataSource, Clock clock) {
        HikariDataSource pool = PooledDatabase.of(dataSource);
        return on(pool, clock, pool::close);
    }

    /** With a connection of its own for each transaction. */
    public static TestCatalog withoutPool(DataSource dataSource, Clock clock) {
        return on(dataSource, clock, () -> {});
    }

    private static TestCatalog on(DataSource dataSource, Clock clock, Runnable whenClosed) {
        new CatalogMigration(dataSource).migrate();
        LocalContainerEntityManagerFactoryBean factory = new LocalContainerEntityManagerFactoryBean();
        factory.setDataSource(dataSource);
        factory.setJpaVendorAdapter(new HibernateJpaVendorAdapter());
        factory.setPackagesToScan("org.hapibinary.nothing");
        factory.setPersistenceUnitPostProcessors(
                unit -> CatalogEntities.CLASS_NAMES.forEach(unit::addManagedClassName));
        factory.setJpaPropertyMap(Map.of("hibernate.hbm2ddl.auto", "validate"));
        factory.afterPropertiesSet();
        EntityManagerFactory entityManagerFactory = Objects.requireNonNull(factory.getObject());
        JpaTransactionManager transactionManager = new JpaTransactionManager(entityManagerFactory);
        CatalogDatabase database = new CatalogDatabase(
                SharedEntityManagerCreator.createSharedEntityManager(entityManagerFactory), transactionManager, clock);
        return new TestCatalog(
                database,
                new ExportCatalog(database),
                new TransactionTemplate(transactionManager),
                entityManagerFactory,
                whenClosed);
    }

    @Override
    public void close() {
        entityManagerFactory.close();
        whenClosed.run();
    }
}
