/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.search;

import ca.uhn.fhir.model.api.IModelJson;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/** A chunk of the support step, which writes as many late supporting resources as it can claim. */
public final class SupportWork implements IModelJson {

    @JsonProperty("scope")
    private FindWork.@Nullable Scope scope;

    @JsonProperty("plan")
    private @Nullable Producer plan;

    @JsonProperty("producer")
    private @Nullable Producer producer;

    /** For Jackson. */
    public SupportWork() {}

    /** @param work the chunk whose resources refer to late ones */
    public SupportWork(WriteWork work, Producer producer) {
        this.scope = work.scope() == FindWork.Scope.GROUP ? FindWork.Scope.MEMBERS : work.scope();
        this.plan = work.plan();
        this.producer = producer;
    }

    /** The scope of the export. */
    FindWork.Scope scope() {
        return Producer.required(scope);
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
