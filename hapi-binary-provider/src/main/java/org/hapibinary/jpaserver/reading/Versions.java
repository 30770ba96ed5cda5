/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.reading;

import ca.uhn.fhir.rest.api.server.IBundleProvider;
import java.util.List;
import org.hl7.fhir.instance.model.api.IBaseResource;

/** Reads the versions of a resource, some at a time. Not thread-safe. */
final class Versions {

    /** How many versions are read at a time; the same as in HAPI's own export. */
    private static final int AT_ONCE = 10;

    private final IBundleProvider all;
    private int atOnce;
    private int from;

    /** @param size the size of the current version in bytes, assumed for all versions */
    Versions(IBundleProvider all, long size) {
        this.all = all;
        this.atOnce = (int) Math.max(1, Math.min(AT_ONCE, Lines.BYTES / Math.max(1, size)));
    }

    /** @return empty at the end */
    List<IBaseResource> read() {
        return all.getResources(from, from + atOnce);
    }

    /** Proceeds to the next versions, when those that were read have been processed. */
    void goOn() {
        from += atOnce;
    }

    /** @return false if the versions are already read one by one */
    boolean readOneByOne() {
        boolean wereSeveral = atOnce > 1;
        atOnce = 1;
        return wereSeveral;
    }
}
