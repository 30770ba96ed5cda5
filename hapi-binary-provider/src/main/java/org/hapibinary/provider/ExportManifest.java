/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.provider;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.hapibinary.authorization.RequestKind;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportFile;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a status request of a complete export (Bulk Data IG, "Response - Complete Status").
 *
 * @param transactionTime a FHIR instant, see {@link Export#transactionTime}
 * @param request the kick-off URL
 * @param requiresAccessToken always true
 * @param output the data files
 * @param deleted the files of deletions; null unless the export has {@code _since}
 * @param error the error files
 */
@JsonInclude(JsonInclude.Include.ALWAYS)
record ExportManifest(
        String transactionTime,
        String request,
        boolean requiresAccessToken,
        List<Item> output,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<Item> deleted,
        List<Item> error) {

    /**
     * One file.
     *
     * @param type the FHIR type of the resources in it
     * @param url absolute
     * @param count number of lines
     * @param fileSize the size without a content coding, in bytes
     * @param extension values for which the IG has no field
     */
    record Item(String type, String url, long count, long fileSize, Extension extension) {}

    /**
     * @param contentLength the size without a content coding, in bytes
     * @param sha256 the digest of the same bytes, lower-case hexadecimal
     */
    record Extension(long contentLength, String sha256) {}

    /**
     * @param files the files of the export, without attachments
     * @param base the FHIR base URL of the request, without a slash at its end
     */
    static ExportManifest of(Export export, List<ExportFile> files, String base) {
        return new ExportManifest(
                export.transactionTime().toString(),
                export.kickOff().requestUrl(),
                true,
                items(files, ExportFile.Kind.DATA, base),
                export.kickOff().changedSince().isPresent() ? items(files, ExportFile.Kind.DELETED, base) : null,
                items(files, ExportFile.Kind.ERROR, base));
    }

    private static List<Item> items(List<ExportFile> files, ExportFile.Kind kind, String base) {
        return files.stream()
                .filter(file -> file.kind() == kind && file.lineCount() > 0)
                .map(file -> new Item(
                        kind == ExportFile.Kind.DELETED ? "Bundle" : file.resourceType(),
                        base + "/Binary/" + file.binaryId() + "/" + RequestKind.BINARY_ACCESS_READ,
                        file.lineCount(),
                        file.identity().size(),
                        new Extension(file.identity().size(), file.identity().sha256())))
                .toList();
    }
}
