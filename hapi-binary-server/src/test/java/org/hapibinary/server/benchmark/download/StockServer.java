/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.benchmark.download;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.interceptor.api.IInterceptorService;
import ca.uhn.fhir.jpa.api.dao.DaoRegistry;
import ca.uhn.fhir.jpa.binary.api.IBinaryStorageSvc;
import ca.uhn.fhir.jpa.binary.interceptor.BinaryStorageInterceptor;
import ca.uhn.fhir.jpa.binary.provider.BinaryAccessProvider;
import ca.uhn.fhir.jpa.binstore.DatabaseBinaryContentStorageSvcImpl;
import ca.uhn.fhir.jpa.binstore.FilesystemBinaryStorageSvcImpl;
import ca.uhn.fhir.rest.api.server.SystemRequestDetails;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.provider.ResourceProviderFactory;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.hapibinary.autoconfigure.HapiBinaryProperties;
import org.hapibinary.server.FhirJpaConfiguration;
import org.hl7.fhir.r4.model.Binary;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Primary;
import org.springframework.context.annotation.Profile;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * HAPI's own {@code $binary-access-read} on its own binary storage, as HAPI ships it and without our plugin. It is
 * ready when each file of a directory is the content of a Binary with the file's name for an id.
 */
@Configuration(proxyBeanMethods = false)
@Profile(StockServer.PROFILE)
@EnableAutoConfiguration
@EnableConfigurationProperties(HapiBinaryProperties.class)
@Import(FhirJpaConfiguration.class)
class StockServer {

    static final String PROFILE = "stock";

    private static final String NDJSON = "application/fhir+ndjson";

    /** @param args Spring Boot properties */
    public static void main(String[] args) {
        SpringApplication.run(StockServer.class, args);
    }

    /**
     * @param storage {@code filesystem} or {@code database}
     * @param files what it is to serve
     * @param directory where it keeps it, if it is in files
     */
    static List<String> arguments(int port, String storage, Path files, Path directory) {
        return List.of(
                "--spring.profiles.active=" + PROFILE,
                "--hapi.binary.enabled=false",
                "--server.address=127.0.0.1",
                "--server.port=" + port,
                "--stock.storage=" + storage,
                "--stock.files=" + files,
                "--stock.directory=" + directory);
    }

    @Bean
    @Primary
    IBinaryStorageSvc stockStorage(
            @Value("${stock.storage}") String storage, @Value("${stock.directory}") String directory) {
        return storage.equals("database")
                ? new DatabaseBinaryContentStorageSvcImpl()
                : new FilesystemBinaryStorageSvcImpl(directory);
    }

    @Bean
    RestfulServer restfulServer(
            FhirContext fhirContext,
            ResourceProviderFactory resourceProviders,
            BinaryAccessProvider binaryAccess,
            IInterceptorService jpaInterceptors,
            BinaryStorageInterceptor<?> binaryStorage) {
        RestfulServer server = new RestfulServer(fhirContext);
        server.registerProviders(resourceProviders.createProviders());
        server.registerProvider(binaryAccess);
        jpaInterceptors.registerInterceptor(binaryStorage);
        return server;
    }

    @Bean
    ServletRegistrationBean<RestfulServer> fhirServlet(RestfulServer restfulServer) {
        return new ServletRegistrationBean<>(restfulServer, "/fhir/*");
    }

    /** Through HAPI's storage and DAO: {@code $binary-access-write} would hold each file in memory. */
    @Bean
    ApplicationRunner storeFiles(
            IBinaryStorageSvc storage,
            BinaryAccessProvider binaryAccess,
            DaoRegistry daos,
            PlatformTransactionManager transactions,
            @Value("${stock.files}") Path directory) {
        return arguments -> {
            List<Path> files;
            try (Stream<Path> all = Files.list(directory)) {
                files = all.filter(file -> file.toString().endsWith(".ndjson")).toList();
            }
            for (Path file : files) {
                Binary binary = new Binary();
                binary.setId("Binary/" + file.getFileName().toString().replace(".ndjson", ""));
                binary.setContentType(NDJSON);
                new TransactionTemplate(transactions).executeWithoutResult(transaction -> {
                    String contentId = store(storage, binary, file);
                    binaryAccess.replaceDataWithExtension(
                            binaryAccess.toBinaryTarget(binary).orElseThrow(), contentId);
                    daos.getResourceDao(Binary.class).update(binary, new SystemRequestDetails());
                });
            }
        };
    }

    private static String store(IBinaryStorageSvc storage, Binary binary, Path file) {
        try (InputStream content = Files.newInputStream(file)) {
            return storage.storeBinaryContent(binary.getIdElement(), null, NDJSON, content, new SystemRequestDetails())
                    .getBinaryContentId();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
