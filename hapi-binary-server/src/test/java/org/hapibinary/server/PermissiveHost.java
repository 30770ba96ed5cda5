/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import ca.uhn.fhir.interceptor.api.IInterceptorService;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.binary.api.IBinaryStorageSvc;
import ca.uhn.fhir.jpa.binary.interceptor.BinaryStorageInterceptor;
import ca.uhn.fhir.jpa.binary.provider.BinaryAccessProvider;
import ca.uhn.fhir.jpa.binstore.FilesystemBinaryStorageSvcImpl;
import ca.uhn.fhir.jpa.config.JpaConfig;
import ca.uhn.fhir.jpa.graphql.GraphQLProvider;
import ca.uhn.fhir.jpa.provider.DiffProvider;
import ca.uhn.fhir.rest.server.RestfulServer;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.context.annotation.Profile;

/**
 * Makes a server that asks nobody for anything: no rules of its own, binary storage with inflation, and every operation
 * of HAPI's that could lead to a Binary. What is refused there, the plugin refuses.
 */
@Configuration(proxyBeanMethods = false)
@Profile(PermissiveHost.PROFILE)
class PermissiveHost {

    static final String PROFILE = "permissive-host";

    /** Spring Boot properties that make such a server of ours. */
    static String[] properties() {
        return new String[] {
            "spring.profiles.include=" + PROFILE,
            "hapi.binary.storage.mode=existing",
            "hapi.binary.other-binaries=delegate"
        };
    }

    @Bean
    @Primary
    IBinaryStorageSvc hostBinaryStorage(@Value("${hapi.binary.storage.filesystem.directory}") String directory) {
        return new FilesystemBinaryStorageSvcImpl(directory);
    }

    @Bean
    SmartInitializingSingleton hostWithoutRules(
            RestfulServer server,
            IInterceptorService jpaInterceptors,
            JpaStorageSettings settings,
            BinaryStorageInterceptor<?> binaryStorage,
            BinaryAccessProvider binaryAccess,
            @Qualifier(JpaConfig.GRAPHQL_PROVIDER_NAME) GraphQLProvider graphQl,
            DiffProvider diff) {
        return () -> {
            server.getInterceptorService().unregisterInterceptorsIf(ScopeAuthorization.class::isInstance);
            settings.setExpungeEnabled(true);
            settings.setAllowMultipleDelete(true);
            settings.setEnforceReferentialIntegrityOnDelete(false);
            jpaInterceptors.registerInterceptor(binaryStorage);
            server.registerProviders(binaryAccess, graphQl, diff);
        };
    }
}
