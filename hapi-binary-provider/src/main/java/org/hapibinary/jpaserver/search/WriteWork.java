/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.search;

import ca.uhn.fhir.model.api.IModelJson;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A chunk of the write step: resources of one type, by HAPI's keys. */
public final class WriteWork implements IModelJson {

    @JsonProperty("resourceType")
    private @Nullable String resourceType;

    @JsonProperty("keys")
    private @Nullable List<Long> keys;

    @JsonProperty("scope")
    private FindWork.@Nullable Scope scope;

    @JsonProperty("deleted")
    private boolean deleted;

    @JsonProperty("plan")
    private @Nullable Producer plan;

    @JsonProperty("producer")
    private @Nullable Producer producer;

    /** For Jackson. */
    public WriteWork() {}

    /** @param work the find chunk that has found them */
    public WriteWork(FindWork work, List<Long> keys, Producer producer) {
        this.resourceType = work.resourceType();
        this.scope = work.scope();
        this.deleted = work.isOfDeleted();
        this.plan = work.producer();
        this.keys = keys;
        this.producer = producer;
    }

    /** @param support the support chunk that has claimed them */
    public WriteWork(SupportWork support, String resourceType, List<Long> keys) {
        this.resourceType = resourceType;
        this.scope = support.scope();
        this.plan = support.plan();
        this.keys = keys;
        this.producer = support.producer();
    }

    /** The type of the resources. */
    public String resourceType() {
        return Producer.required(resourceType);
    }

    /** HAPI's keys of the resources, each once. */
    public List<Long> keys() {
        return Producer.required(keys);
    }

    /** The scope of the export. */
    public FindWork.Scope scope() {
        return Producer.required(scope);
    }

    /** Whether the resources are deleted. */
    public boolean isOfDeleted() {
        return deleted;
    }

    /** The attempt that has determined the members. */
    public Producer plan() {
        return Producer.required(plan);
    }

    /** The attempt that has created this chunk. */
    public Producer producer() {
        return Producer.required(producer);
    }
}
