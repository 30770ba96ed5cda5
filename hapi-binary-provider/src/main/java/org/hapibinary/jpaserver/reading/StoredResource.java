/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.reading;

import java.util.Date;
import org.jspecify.annotations.Nullable;

/**
 * The row of a resource and of its current version in HAPI's tables, without the content.
 *
 * @param key HAPI's key of the resource ({@code RES_ID})
 * @param partition null for the default partition
 * @param id the FHIR id
 * @param version counts from 1
 * @param versionKey HAPI's key of the version; null if HAPI does not have that version
 * @param updated {@code meta.lastUpdated}
 * @param size of the stored JSON in bytes; null if unknown
 * @param isJson whether it is stored as JSON in a text column
 * @param hasTags whether it has tags, profiles or security labels beside its JSON
 * @param source the URI in {@code meta.source}
 * @param requestId the fragment after the URI in {@code meta.source}
 */
record StoredResource(
        long key,
        @Nullable Integer partition,
        String id,
        long version,
        @Nullable Long versionKey,
        @Nullable Date updated,
        @Nullable Long size,
        boolean isJson,
        boolean hasTags,
        @Nullable String source,
        @Nullable String requestId) {

    /** Whether its stored JSON can be passed through. */
    boolean isReadable() {
        return isJson && versionKey != null && size != null && updated != null;
    }

    /**
     * A tag, profile or security label as HAPI keeps it in a table of its own.
     *
     * @param type {@code TAG}, {@code PROFILE} or {@code SECURITY_LABEL}, by HAPI's order
     */
    record Tag(
            int type,
            @Nullable String system,
            @Nullable String code,
            @Nullable String display,
            @Nullable String version,
            @Nullable Boolean userSelected) {

        static final int TAG = 0;
        static final int PROFILE = 1;
        static final int SECURITY_LABEL = 2;
    }
}
