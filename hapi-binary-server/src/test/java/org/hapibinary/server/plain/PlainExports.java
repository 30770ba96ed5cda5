/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.plain;

import ca.uhn.fhir.rest.annotation.IdParam;
import ca.uhn.fhir.rest.annotation.Operation;
import ca.uhn.fhir.rest.annotation.OperationParam;
import ca.uhn.fhir.rest.server.exceptions.ResourceNotFoundException;
import ca.uhn.fhir.rest.server.servlet.ServletRequestDetails;
import java.util.Date;
import java.util.List;
import org.hapibinary.plainserver.Exports;
import org.hapibinary.plainserver.HostedExport;
import org.hl7.fhir.instance.model.api.IIdType;
import org.hl7.fhir.instance.model.api.IPrimitiveType;
import org.jspecify.annotations.Nullable;

/** The export operations of a plain host. */
public final class PlainExports {

    private static final List<String> HEEDED = List.of("_since");

    private final Exports exports;
    private final PlainHost.Work work;

    PlainExports(Exports exports, PlainHost.Work work) {
        this.exports = exports;
        this.work = work;
    }

    @Operation(name = "$export", idempotent = true, manualResponse = true)
    public void ofAll(ServletRequestDetails request) {
        open(null, request);
    }

    @Operation(name = "$export", typeName = "Patient", idempotent = true, manualResponse = true)
    public void ofPatients(ServletRequestDetails request) {
        open(null, request);
    }

    @Operation(name = "$export", typeName = "Patient", idempotent = true, manualResponse = true)
    public void ofPatient(@IdParam IIdType id, ServletRequestDetails request) {
        open(id.getIdPart(), request);
    }

    @Operation(name = "$export", typeName = "Group", idempotent = true, manualResponse = true)
    public void ofGroup(
            @IdParam IIdType id,
            @OperationParam(name = "_since", min = 0, max = 1, typeName = "instant") @Nullable
                    IPrimitiveType<Date> since,
            ServletRequestDetails request) {
        if (!id.getIdPart().equals("example-group")) {
            throw new ResourceNotFoundException("There is no such group.");
        }
        open(null, request);
    }

    private void open(@Nullable String patient, ServletRequestDetails request) {
        HostedExport export = exports.open(request, DemoWork.TYPES, HEEDED);
        work.begin(export, new PlainKickOff(request.getFhirServerBase(), patient));
        request.getServletResponse().setStatus(202);
        request.getServletResponse().setHeader("Content-Location", export.statusUrl());
    }
}
