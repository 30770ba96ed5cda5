/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.search;

import ca.uhn.fhir.model.api.IModelJson;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/** A chunk of the find step: all exported resources of one type. */
public final class FindWork implements IModelJson {

    @JsonProperty("resourceType")
    private @Nullable String resourceType;

    @JsonProperty("scope")
    private @Nullable Scope scope;

    @JsonProperty("deleted")
    private boolean deleted;

    @JsonProperty("producer")
    private @Nullable Producer producer;

    /** For Jackson. */
    public FindWork() {}

    /** @param deleted whether to find deleted resources */
    public FindWork(String resourceType, Scope scope, boolean deleted, Producer producer) {
        this.resourceType = resourceType;
        this.scope = scope;
        this.deleted = deleted;
        this.producer = producer;
    }

    /** Which resources of a type belong to an export. */
    public enum Scope {
        /** All resources. */
        ALL,

        /** Resources that belong to any patient, and what goes with them. */
        ANY_PATIENT,

        /** Resources that belong to a member of the export, and what goes with them. */
        MEMBERS,

        /** The Group that is exported. */
        GROUP
    }

    /** The type of the resources. */
    public String resourceType() {
        return Producer.required(resourceType);
    }

    /** Which resources of the type belong to the export. */
    public Scope scope() {
        return Producer.required(scope);
    }

    /** Whether to find deleted resources. */
    public boolean isOfDeleted() {
        return deleted;
    }

    /** The attempt that has created this chunk. */
    public Producer producer() {
        return Producer.required(producer);
    }
}
