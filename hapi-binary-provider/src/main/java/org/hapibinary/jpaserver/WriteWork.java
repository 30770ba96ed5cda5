/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver;

import ca.uhn.fhir.model.api.IModelJson;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A chunk of the step that writes files: resources of one type, by HAPI's keys. */
public final class WriteWork implements IModelJson {

    @JsonProperty("resourceType")
    private @Nullable String resourceType;

    @JsonProperty("keys")
    private @Nullable List<Long> keys;

    @JsonProperty("deletedOf")
    private FindWork.@Nullable Scope deletedOf;

    @JsonProperty("producer")
    private @Nullable Producer producer;

    /** For Jackson. */
    WriteWork() {}

    /** @param deletedOf null for resources that there are; else they were deleted, and are of these patients if they are there at all */
    WriteWork(String resourceType, List<Long> keys, FindWork.@Nullable Scope deletedOf, Producer producer) {
        this.resourceType = resourceType;
        this.keys = keys;
        this.deletedOf = deletedOf;
        this.producer = producer;
    }

    String resourceType() {
        return Producer.required(resourceType);
    }

    List<Long> keys() {
        return Producer.required(keys);
    }

    FindWork.@Nullable Scope deletedOf() {
        return deletedOf;
    }

    Producer producer() {
        return Producer.required(producer);
    }
}
