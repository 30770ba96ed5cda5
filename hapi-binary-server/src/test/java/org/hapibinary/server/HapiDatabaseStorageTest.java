/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.interceptor.executor.InterceptorService;
import ca.uhn.fhir.jpa.binary.api.IBinaryStorageSvc;
import ca.uhn.fhir.jpa.binstore.DatabaseBinaryContentStorageSvcImpl;
import ca.uhn.fhir.jpa.dao.data.IBinaryStorageEntityDao;
import ca.uhn.fhir.jpa.model.dialect.HapiFhirPostgresDialect;
import ca.uhn.fhir.jpa.model.entity.BinaryStorageEntity;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import jakarta.persistence.EntityManagerFactory;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.hapibinary.storage.StoreContract;
import org.hapibinary.testing.FreePorts;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.data.jpa.repository.support.JpaRepositoryFactory;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;
import org.springframework.orm.jpa.SharedEntityManagerCreator;
import org.springframework.orm.jpa.vendor.HibernateJpaVendorAdapter;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.annotation.EnableTransactionManagement;

/** HAPI's own store in the database, as the plugin finds it on a host: what goes through it is held in memory. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HapiDatabaseStorageTest extends StoreContract {

    private EmbeddedPostgres postgres;
    private AnnotationConfigApplicationContext context;

    @BeforeAll
    void startDatabase() throws IOException {
        postgres = FreePorts.postgres();
        context = new AnnotationConfigApplicationContext();
        context.registerBean(DataSource.class, () -> postgres.getPostgresDatabase());
        context.register(HapiStorage.class);
        context.refresh();
    }

    @AfterAll
    void stopDatabase() throws IOException {
        context.close();
        postgres.close();
    }

    @Override
    public IBinaryStorageSvc service() {
        return context.getBean(IBinaryStorageSvc.class);
    }

    @Override
    public long bigSize() {
        return 8L * 1024 * 1024;
    }

    @Override
    public long mayHold() {
        return 8 * bigSize();
    }

    @Override
    public void assertNothingIsLeft(String binaryId, String contentId) {
        assertThat(new JdbcTemplate(postgres.getPostgresDatabase())
                        .queryForList("select 1 from HFJ_BINARY_STORAGE_BLOB where BLOB_ID = ?", contentId))
                .isEmpty();
    }

    @Override
    public List<Crash> crashes() {
        return List.of(new Crash("before the only transaction is committed", (binaryId, contentId, content) -> {
            // nothing is left
        }));
    }

    /**
     * What the service needs of a HAPI server. No {@code @Configuration}: our own server would find it and be it too.
     */
    @EnableTransactionManagement
    static class HapiStorage {

        @Bean
        LocalContainerEntityManagerFactoryBean entityManagerFactory(DataSource dataSource) {
            LocalContainerEntityManagerFactoryBean factory = new LocalContainerEntityManagerFactoryBean();
            factory.setDataSource(dataSource);
            factory.setJpaVendorAdapter(new HibernateJpaVendorAdapter());
            factory.setPackagesToScan("org.hapibinary.nothing");
            factory.setPersistenceUnitPostProcessors(
                    unit -> unit.addManagedClassName(BinaryStorageEntity.class.getName()));
            factory.setJpaPropertyMap(Map.of(
                    "hibernate.hbm2ddl.auto", "create", "hibernate.dialect", HapiFhirPostgresDialect.class.getName()));
            return factory;
        }

        @Bean
        PlatformTransactionManager transactionManager(EntityManagerFactory entityManagerFactory) {
            return new JpaTransactionManager(entityManagerFactory);
        }

        @Bean
        IBinaryStorageEntityDao binaryStorageEntityDao(EntityManagerFactory entityManagerFactory) {
            return new JpaRepositoryFactory(SharedEntityManagerCreator.createSharedEntityManager(entityManagerFactory))
                    .getRepository(IBinaryStorageEntityDao.class);
        }

        @Bean
        FhirContext fhirContext() {
            return FhirContext.forR4Cached();
        }

        @Bean
        InterceptorService interceptorService() {
            return new InterceptorService();
        }

        @Bean
        IBinaryStorageSvc binaryStorage() {
            return new DatabaseBinaryContentStorageSvcImpl();
        }
    }
}
