/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.plainserver;

import ca.uhn.fhir.rest.api.server.RequestDetails;
import java.util.Collection;
import java.util.List;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportIssue;
import org.hapibinary.export.KickOff;

/** Where a host that produces its own files opens exports, within its own {@code $export} operations. */
public final class Exports {

    private final HostedExports exports;

    Exports(HostedExports exports) {
        this.exports = exports;
    }

    /** {@link #open(RequestDetails, Collection, Collection)} with no parameters but {@code _type}. */
    public HostedExport open(RequestDetails kickOff, Collection<String> exportable) {
        return open(kickOff, exportable, List.of());
    }

    /**
     * Opens an export for the caller of a kick-off, which the plugin has authenticated before the host's operation was
     * called (Bulk Data IG, "Bulk Data Kick-off Request"). It is running from now on, on every server of the database,
     * until it is completed, failed or closed; if this server dies, it fails after the time set for that.
     *
     * @param kickOff a request for {@code $export} of the system, of all patients, of a patient or of a group, found
     *     good by the host otherwise
     * @param exportable the resource types that could be exported
     * @param heeded the names of the parameters that the host heeds, such as {@code _since}; {@code _type} and {@code
     *     _outputFormat} are dealt with here
     * @return the host closes it in the end
     * @throws org.hapibinary.problem.Problem an answer to the client, which the host lets through: 400 without {@code
     *     Prefer: respond-async}, for another format than NDJSON, a type that cannot be exported, or a parameter that
     *     is not heeded; 403 if the token does not cover what the client has named, or nothing at all, or the policy
     *     does not allow it; 429 if there is no room for another export. 401 if the request has not passed the plugin's
     *     interceptors
     */
    public HostedExport open(RequestDetails kickOff, Collection<String> exportable, Collection<String> heeded) {
        KickOff request = new KickOff(kickOff, heeded);
        request.asked().requireAsynchronousNdjson(false);
        List<ExportIssue> ignored = request.ignored();
        Collection<String> types = request.covered(request.asked().types(exportable));
        Export draft = request.draft(types, exports.now());
        return exports.open(draft, ignored);
    }
}
