/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import jakarta.persistence.EntityManagerFactory;
import java.time.Clock;
import javax.sql.DataSource;
import org.hapibinary.catalog.CatalogDatabase;
import org.hapibinary.catalog.schema.CatalogMigration;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.orm.jpa.EntityManagerFactoryDependsOnPostProcessor;
import org.springframework.boot.jdbc.metadata.DataSourcePoolMetadataProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.orm.jpa.SharedEntityManagerCreator;
import org.springframework.transaction.PlatformTransactionManager;

/** The catalog: its tables, and what is asked of and done to them. */
class CatalogConfiguration {

    private static final String MIGRATION = "hapiBinaryMigration";

    @Bean
    static CatalogEntitiesRegistrar hapiBinaryEntities() {
        return new CatalogEntitiesRegistrar();
    }

    @Bean
    static EntityManagerFactoryDependsOnPostProcessor hapiBinaryMigrationFirst() {
        return new EntityManagerFactoryDependsOnPostProcessor(MIGRATION);
    }

    @Bean(name = MIGRATION, initMethod = "migrate")
    CatalogMigration hapiBinaryMigration(
            DataSource dataSource, ObjectProvider<DataSourcePoolMetadataProvider> poolKinds) {
        ConnectionPool.check(dataSource, poolKinds.stream());
        return new CatalogMigration(dataSource);
    }

    @Bean
    CatalogDatabase hapiBinaryCatalogDatabase(
            EntityManagerFactory entityManagerFactory,
            PlatformTransactionManager transactionManager,
            @Qualifier(HapiBinaryAutoConfiguration.CLOCK) Clock clock) {
        return new CatalogDatabase(
                SharedEntityManagerCreator.createSharedEntityManager(entityManagerFactory), transactionManager, clock);
    }
}
