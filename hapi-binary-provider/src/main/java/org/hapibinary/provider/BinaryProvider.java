/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.provider;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.model.api.annotation.Description;
import ca.uhn.fhir.rest.annotation.IdParam;
import ca.uhn.fhir.rest.annotation.Operation;
import ca.uhn.fhir.rest.annotation.OperationParam;
import ca.uhn.fhir.rest.annotation.Read;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.server.IResourceProvider;
import ca.uhn.fhir.rest.server.servlet.ServletRequestDetails;
import ca.uhn.fhir.util.BinaryUtil;
import ca.uhn.fhir.util.FhirTerser;
import java.io.IOException;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import org.hapibinary.authorization.AuthorizedFile;
import org.hapibinary.authorization.PluginRequest;
import org.hapibinary.authorization.RequestKind;
import org.hapibinary.catalog.DownloadableFile;
import org.hapibinary.download.Download;
import org.hapibinary.problem.Problem;
import org.hl7.fhir.instance.model.api.IBaseBinary;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.instance.model.api.IIdType;
import org.hl7.fhir.instance.model.api.IPrimitiveType;
import org.jspecify.annotations.Nullable;

/**
 * The two interactions on Binary that the plugin serves: read for metadata, {@code $binary-access-read} for content.
 */
public final class BinaryProvider implements IResourceProvider {

    private static final List<String> PATHS = List.of("Binary", "Binary.data");

    private final FhirContext fhirContext;
    private final Download download;
    private final HostBinaries hostBinaries = new HostBinaries(this);

    /**
     * @param fhirContext of the server, any version from DSTU3 on
     * @param download sends the content
     */
    public BinaryProvider(FhirContext fhirContext, Download download) {
        this.fhirContext = fhirContext;
        this.download = download;
    }

    @Override
    public Class<? extends IBaseResource> getResourceType() {
        return fhirContext.getResourceDefinition("Binary").getImplementingClass();
    }

    /** {@code GET [base]/Binary/{id}}: the Binary without its content and without internals. */
    @Read
    public IBaseResource read(@IdParam IIdType id, ServletRequestDetails request) {
        return PluginRequest.of(request).isLeftToServer() ? hostBinaries.read(request) : metadata(request);
    }

    private IBaseBinary metadata(ServletRequestDetails request) {
        DownloadableFile file = download.describe(AuthorizedFile.of(request));
        PluginRequest.of(request).put(DownloadableFile.class, file);
        request.getServletResponse().addHeader("Vary", "Accept, Accept-Encoding");
        IBaseBinary binary = BinaryUtil.newBinary(fhirContext);
        binary.setId("Binary/" + file.binaryId() + "/_history/" + file.versionId());
        binary.getMeta().setVersionId(file.versionId());
        binary.getMeta().setLastUpdated(Date.from(file.lastModified()));
        binary.setContentType(file.contentType());
        FhirTerser terser = fhirContext.newTerser();
        file.export()
                .kickOff()
                .exported()
                .ifPresent(exported -> terser.setElement(binary, "securityContext.reference", exported));
        return binary;
    }

    /** The file whose metadata answered a request; empty if there is none. */
    static Optional<DownloadableFile> describedIn(RequestDetails request) {
        return PluginRequest.of(request).get(DownloadableFile.class);
    }

    /** {@code GET [base]/Binary/{id}/$binary-access-read}: the native content. */
    @Description(
            shortDefinition = "Content of a Binary",
            value = "Answers the native content of a Binary, such as a file of a bulk export, in its own content"
                    + " type, to the"
                    + " client that may have it. HEAD, ranges, conditional requests and gzip are supported.")
    @Operation(name = RequestKind.BINARY_ACCESS_READ, idempotent = true, manualResponse = true)
    public void binaryAccessRead(
            @IdParam IIdType id,
            @Description(value = "May be left out, or be Binary or Binary.data: there is but one content.")
                    @OperationParam(name = "path", min = 0, max = 1, typeName = "string")
                    @Nullable
                    IPrimitiveType<String> path,
            ServletRequestDetails request)
            throws IOException {
        if (PluginRequest.of(request).isLeftToServer()) {
            hostBinaries.binaryAccessRead(request);
            return;
        }
        AuthorizedFile file = AuthorizedFile.of(request);
        if (path != null && !PATHS.contains(path.getValue())) {
            throw Problem.invalid("The parameter path may be left out, or be Binary or Binary.data.");
        }
        download.send(file, request);
    }
}
