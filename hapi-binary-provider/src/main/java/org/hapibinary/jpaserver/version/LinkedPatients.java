/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.version;

import ca.uhn.fhir.interceptor.model.RequestPartitionId;
import ca.uhn.fhir.jpa.bulk.export.api.IBulkExportProcessor;
import ca.uhn.fhir.jpa.bulk.export.model.ExportPIDIteratorParameters;
import ca.uhn.fhir.mdm.api.IMdmLinkExpandSvc;
import ca.uhn.fhir.model.primitive.IdDt;
import ca.uhn.fhir.rest.server.exceptions.ResourceNotFoundException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/** Finds the linked records of patients (MDM). */
public final class LinkedPatients {

    private static final String PATIENT = "Patient/";

    private final IBulkExportProcessor<?> export;
    private final Supplier<IMdmLinkExpandSvc> links;

    /**
     * @param export HAPI's own export, which finds them from 8.8 on
     * @param links finds them in earlier versions
     */
    public LinkedPatients(IBulkExportProcessor<?> export, Supplier<IMdmLinkExpandSvc> links) {
        this.export = export;
        this.links = links;
    }

    /**
     * @param ids of patients, without a type
     * @return of the patients linked to them; may have the type, and may be the same patients
     */
    public Set<String> of(Set<String> ids, RequestPartitionId partition) {
        return HapiVersion.running().isAtLeast(8, 8) ? byExport(ids, partition) : byLinks(ids, partition);
    }

    private Set<String> byExport(Set<String> ids, RequestPartitionId partition) {
        List<String> patients = ids.stream().map(id -> PATIENT + id).toList();
        ExportPIDIteratorParameters parameters = new ExportPIDIteratorParameters();
        parameters.setPatientIds(patients);
        parameters.setPartitionId(partition);
        parameters.setExpandMdm(true);
        return export.getPatientSetForPatientExport(parameters);
    }

    private Set<String> byLinks(Set<String> ids, RequestPartitionId partition) {
        Set<String> linked = new HashSet<>();
        ids.forEach(id -> linked.addAll(byLinks(id, partition)));
        return linked;
    }

    private Set<String> byLinks(String id, RequestPartitionId partition) {
        try {
            return links.get().expandMdmBySourceResourceId(partition, new IdDt(PATIENT + id));
        } catch (ResourceNotFoundException e) {
            return Set.of(); // the export reports it
        }
    }
}
