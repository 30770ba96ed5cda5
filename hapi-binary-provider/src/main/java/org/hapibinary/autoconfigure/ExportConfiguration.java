/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import ca.uhn.fhir.batch2.model.JobDefinition;
import ca.uhn.fhir.interceptor.api.IInterceptorService;
import ca.uhn.fhir.rest.api.server.bulk.BulkExportJobParameters;
import java.util.ArrayList;
import java.util.List;
import org.hapibinary.attachment.record.RecordBinaries;
import org.hapibinary.catalog.CatalogDatabase;
import org.hapibinary.export.ExportServices;
import org.hapibinary.jpaserver.ExportProvider;
import org.hapibinary.jpaserver.JpaExports;
import org.hapibinary.jpaserver.audit.JpaAuditSinks;
import org.hapibinary.jpaserver.chunk.ExportReport;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.orm.jpa.SharedEntityManagerCreator;

/** The plugin's exports on HAPI's batch engine. */
@Import(HapiServices.class)
class ExportConfiguration {

    private static final String JOB = "hapiBinaryExportJob";

    @Bean
    JpaExports hapiBinaryExports(
            HapiServices hapi,
            ExportServices services,
            RecordBinaries record,
            CatalogDatabase database,
            HapiBinaryProperties properties) {
        return new JpaExports(
                hapi.forExports(database), services, record, database, properties.exportSettings(hapi.fhirContext()));
    }

    /** HAPI registers each bean of this type. */
    @Bean(name = JOB)
    JobDefinition<BulkExportJobParameters> hapiBinaryExportJob(JpaExports exports, ListableBeanFactory beans) {
        List<JobDefinition<?>> others = new ArrayList<>();
        for (String name : beans.getBeanNamesForType(JobDefinition.class)) {
            if (!name.equals(JOB)) {
                others.add(beans.getBean(name, JobDefinition.class));
            }
        }
        return exports.definition(others);
    }

    /** Operators may name it by its class among the server's own providers. */
    @Bean
    ExportProvider hapiBinaryExportProvider(JpaExports exports) {
        return exports.provider();
    }

    /** For the surrounding server's own interceptors. */
    @Bean
    ExportReport hapiBinaryExportReport(JpaExports exports) {
        return exports.report();
    }

    @Bean
    SmartInitializingSingleton hapiBinaryStorageHooks(
            IInterceptorService jpaInterceptors,
            JpaExports exports,
            HapiServices hapi,
            HapiBinaryProperties properties) {
        return () -> {
            exports.storageHooks().forEach(jpaInterceptors::registerInterceptor);
            if (properties.audit().sink().contains(HapiBinaryProperties.Audit.Sink.FHIR)) {
                jpaInterceptors.registerInterceptor(JpaAuditSinks.deletions(
                        SharedEntityManagerCreator.createSharedEntityManager(hapi.entityManagerFactory()),
                        hapi.settings()));
            }
        };
    }
}
