/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.audit;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.FhirVersionEnum;
import ca.uhn.fhir.interceptor.model.RequestPartitionId;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings.ClientIdStrategyEnum;
import ca.uhn.fhir.jpa.api.dao.DaoRegistry;
import ca.uhn.fhir.jpa.api.dao.IFhirResourceDao;
import ca.uhn.fhir.jpa.model.config.PartitionSettings;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.api.server.SystemRequestDetails;
import ca.uhn.fhir.rest.server.exceptions.BaseServerResponseException;
import ca.uhn.fhir.util.FhirTerser;
import java.util.List;
import java.util.function.Supplier;
import org.hapibinary.observability.audit.AuditSink;
import org.hl7.fhir.instance.model.api.IBaseReference;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores audit events as AuditEvents of the server itself, in its default partition. An event that comes twice is
 * stored once, because it keeps its id, unless the server takes no ids of clients.
 */
final class FhirStoreSink implements AuditSink {

    /** The name in the property. */
    public static final String NAME = "fhir";

    private static final Logger log = LoggerFactory.getLogger(FhirStoreSink.class);

    private static final String SUBJECTS = "AuditEvent.entity.what";

    /** In R5. */
    private static final String PATIENT = "AuditEvent.patient";

    private static final int FIRST_OF_SERVER_ERRORS = 500;

    private final FhirContext fhirContext;
    private final Supplier<DaoRegistry> daos;
    private final JpaStorageSettings settings;
    private final RequestPartitionId partition;

    /** @param daos asked for when the first event comes */
    FhirStoreSink(
            FhirContext fhirContext,
            Supplier<DaoRegistry> daos,
            JpaStorageSettings settings,
            PartitionSettings partitionSettings) {
        this.fhirContext = fhirContext;
        this.daos = daos;
        this.settings = settings;
        this.partition = partitionSettings.isPartitioningEnabled()
                ? RequestPartitionId.fromPartitionId(partitionSettings.getDefaultPartitionId())
                : RequestPartitionId.allPartitions();
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void write(String id, String event) {
        try {
            store(id, fhirContext.newJsonParser().parseResource(event));
        } catch (BaseServerResponseException e) {
            if (e.getStatusCode() >= FIRST_OF_SERVER_ERRORS) {
                throw e;
            }
            // such as a Group that never existed, was deleted, or is in another partition
            log.debug("AuditEvent/{} is stored with the names of its subjects, which it may not refer to", id, e);
            store(id, withoutReferences(fhirContext.newJsonParser().parseResource(event)));
        }
    }

    private void store(String id, IBaseResource event) {
        RequestDetails request = SystemRequestDetails.forRequestPartitionId(partition);
        @SuppressWarnings("unchecked") // HAPI has no type for a DAO by its name
        IFhirResourceDao<IBaseResource> dao = daos.get().getResourceDao("AuditEvent");
        if (settings.getResourceClientIdStrategy() == ClientIdStrategyEnum.NOT_ALLOWED) {
            event.setId("");
            dao.create(event, request);
        } else {
            event.setId("AuditEvent/" + id);
            dao.update(event, request);
        }
    }

    private IBaseResource withoutReferences(IBaseResource event) {
        FhirTerser terser = fhirContext.newTerser();
        List<IBaseReference> subjects = terser.getValues(event, SUBJECTS, IBaseReference.class);
        if (fhirContext.getVersion().getVersion() == FhirVersionEnum.R5) {
            subjects.addAll(terser.getValues(event, PATIENT, IBaseReference.class));
        }
        for (IBaseReference subject : subjects) {
            String literal = subject.getReferenceElement().getValue();
            if (literal != null && !literal.isEmpty()) {
                subject.setReference(null);
                subject.setDisplay(literal);
                terser.setElement(subject, "identifier.value", literal);
            }
        }
        return event;
    }
}
