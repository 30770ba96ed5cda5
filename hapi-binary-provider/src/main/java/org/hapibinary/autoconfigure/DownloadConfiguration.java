/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import ca.uhn.fhir.context.FhirContext;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Metrics;
import java.time.Clock;
import java.util.Comparator;
import java.util.Objects;
import java.util.stream.Stream;
import org.hapibinary.attachment.record.RecordBinaries;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.download.Download;
import org.hapibinary.download.FileContents;
import org.hapibinary.observability.DownloadRecorder;
import org.hapibinary.provider.BinaryProvider;
import org.hapibinary.storage.ContentStore;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/** How files are sent. */
class DownloadConfiguration {

    @Bean
    DownloadRecorder hapiBinaryDownloadRecorder(ObjectProvider<MeterRegistry> meters) {
        return new DownloadRecorder(meters.getIfAvailable(() -> Metrics.globalRegistry));
    }

    @Bean
    Download hapiBinaryDownload(
            ExportCatalog catalog,
            ContentStore store,
            RecordBinaries record,
            DownloadRecorder recorder,
            HapiBinaryProperties properties,
            Environment environment,
            @Qualifier(HapiBinaryAutoConfiguration.CLOCK) Clock clock) {
        return new Download(
                new FileContents(store, record, catalog, clock),
                recorder,
                properties.limits().ofDownloads(containerThreads(environment)));
    }

    /** As Spring Boot has the container configured; it starts Tomcat and Jetty with 200 threads otherwise. */
    private static int containerThreads(Environment environment) {
        return Stream.of("server.jetty.threads.max", "server.tomcat.threads.max")
                .map(property -> environment.getProperty(property, Integer.class))
                .filter(Objects::nonNull)
                .min(Comparator.naturalOrder())
                .orElse(200);
    }

    @Bean
    BinaryProvider hapiBinaryBinaryProvider(FhirContext fhirContext, Download download) {
        return new BinaryProvider(fhirContext, download);
    }
}
