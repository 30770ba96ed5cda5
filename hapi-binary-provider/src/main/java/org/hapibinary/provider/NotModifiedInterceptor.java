/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.provider;

import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.server.exceptions.BaseServerResponseException;
import ca.uhn.fhir.rest.server.exceptions.NotModifiedException;
import ca.uhn.fhir.util.OperationOutcomeUtil;
import org.hapibinary.catalog.DownloadableFile;
import org.hapibinary.http.HttpDate;

/** Adds to HAPI's 304 for a metadata read the validators that a 200 would have had (RFC 9110 §15.4.5). */
@Interceptor
final class NotModifiedInterceptor {

    /** Interceptor hook. Do not call this method directly. The one hook that HAPI before 8.8 calls for a 304. */
    @Hook(Pointcut.SERVER_HANDLE_EXCEPTION)
    public void addValidators(RequestDetails request, BaseServerResponseException thrown) {
        DownloadableFile file = BinaryProvider.describedIn(request).orElse(null);
        if (!(thrown instanceof NotModifiedException notModified) || file == null) {
            return;
        }
        notModified.addResponseHeader("ETag", "W/\"" + file.versionId() + "\"");
        notModified.addResponseHeader("Last-Modified", HttpDate.format(file.lastModified()));
        notModified.setOperationOutcome(OperationOutcomeUtil.newInstance(request.getFhirContext()));
    }
}
