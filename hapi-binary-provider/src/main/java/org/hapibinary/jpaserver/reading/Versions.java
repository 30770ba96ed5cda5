/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.reading;

import ca.uhn.fhir.rest.api.server.IBundleProvider;
import java.util.List;
import org.hl7.fhir.instance.model.api.IBaseResource;

/** The versions of a resource, some at a time. Is used by one thread. */
final class Versions {

    /** HAPI's own export has the same. */
    private static final int AT_ONCE = 10;

    private final IBundleProvider all;
    private int atOnce;
    private int from;

    /** @param size of the current version in bytes, which is taken for that of all */
    Versions(IBundleProvider all, long size) {
        this.all = all;
        this.atOnce = (int) Math.max(1, Math.min(AT_ONCE, Lines.BYTES / Math.max(1, size)));
    }

    /** @return empty at the end */
    List<IBaseResource> read() {
        return all.getResources(from, from + atOnce);
    }

    /** To be called when those that were read are done with. */
    void goOn() {
        from += atOnce;
    }

    /** @return false if they are read one by one already */
    boolean readOneByOne() {
        boolean wereSeveral = atOnce > 1;
        atOnce = 1;
        return wereSeveral;
    }
}
