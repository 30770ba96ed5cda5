/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.plainserver;

import ca.uhn.fhir.rest.api.server.RequestDetails;
import java.util.Collection;
import java.util.List;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportIssue;
import org.hapibinary.export.KickOff;

/** Opens exports for a host that produces its own files, within its own {@code $export} operations. */
public final class Exports {

    private final HostedExports exports;

    Exports(HostedExports exports) {
        this.exports = exports;
    }

    /** As {@link #open(RequestDetails, Collection, Collection)}, for a host that supports only {@code _type}. */
    public HostedExport open(RequestDetails kickOff, Collection<String> exportable) {
        return open(kickOff, exportable, List.of());
    }

    /**
     * Opens an export for the caller of a kick-off (Bulk Data IG, "Bulk Data Kick-off Request"). The plugin has
     * authenticated the caller before HAPI called the host's operation. All servers of the database see the export as
     * running until it is completed, failed or closed. If this server dies, the export fails after {@link
     * HapiBinaryBuilder#stalledAfter}.
     *
     * @param kickOff a request for {@code $export} of the system, of all patients, of a patient or of a group, which
     *     the host has validated otherwise
     * @param exportable the resource types that can be exported
     * @param supported the names of the parameters that the host supports, such as {@code _since}, without {@code
     *     _type} and {@code _outputFormat}, which the plugin handles
     * @return the export, which the host closes when it is done
     * @throws org.hapibinary.problem.Problem an answer to the client, which the host must not catch: 400 without {@code
     *     Prefer: respond-async}, for another format than NDJSON, for a type that cannot be exported, or for an
     *     unsupported parameter; 401 if the request has not passed the plugin's interceptors; 403 if the token does not
     *     cover a named type, or covers none, or the policy does not allow the export; 429 if a limit is reached
     */
    public HostedExport open(RequestDetails kickOff, Collection<String> exportable, Collection<String> supported) {
        KickOff request = new KickOff(kickOff, supported);
        request.asked().requireAsynchronousNdjson(false);
        List<ExportIssue> ignored = request.ignored();
        Collection<String> types = request.covered(request.asked().types(exportable));
        Export draft = request.draft(types, exports.now());
        return exports.open(draft, ignored, kickOff);
    }
}
