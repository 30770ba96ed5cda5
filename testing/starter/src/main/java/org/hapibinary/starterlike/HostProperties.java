/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.starterlike;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/** The properties of the starter's that matter to the plugin, under the starter's names. */
@ConfigurationProperties("hapi.fhir")
record HostProperties(
        @Nullable String serverAddress,
        @DefaultValue("false") boolean bulkExportEnabled,
        @DefaultValue("false") boolean binaryStorageEnabled,
        @DefaultValue("database") BinaryStorageMode binaryStorageMode,
        @DefaultValue("") String binaryStorageFilesystemBaseDirectory,
        @DefaultValue List<Class<?>> customProviderClasses,
        @DefaultValue List<Class<?>> customInterceptorClasses) {

    enum BinaryStorageMode {
        DATABASE,
        FILESYSTEM
    }
}
