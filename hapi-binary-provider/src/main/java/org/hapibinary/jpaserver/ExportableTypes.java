/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver;

import ca.uhn.fhir.jpa.api.dao.DaoRegistry;
import ca.uhn.fhir.rest.api.server.bulk.BulkExportJobParameters.ExportStyle;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The resource types that can be exported, by what an export is of. */
final class ExportableTypes {

    static final String PROVENANCE = "Provenance";

    private static final String GROUP = "Group";
    private static final String BINARY = "Binary";

    private final DaoRegistry daos;
    private final Compartments compartments;
    private final List<String> supporting;

    /** @param supporting types of resources that go along with what refers to them */
    ExportableTypes(DaoRegistry daos, Compartments compartments, Collection<String> supporting) {
        this.daos = daos;
        this.compartments = compartments;
        this.supporting = List.copyOf(supporting);
    }

    Set<String> of(ExportStyle style) {
        Set<String> types = new TreeSet<>(daos.getRegisteredDaoTypes());
        types.remove(BINARY);
        if (style != ExportStyle.SYSTEM) {
            types.removeIf(type -> !isOfPatients(type));
        }
        if (style == ExportStyle.PATIENT) {
            types.remove(GROUP); // it has other members
        }
        return types;
    }

    private boolean isOfPatients(String type) {
        return compartments.isOfPatients(type) || type.equals(PROVENANCE) || supporting.contains(type);
    }

    /** Types of resources that go along with what refers to them, as far as the server has them. */
    List<String> supporting() {
        return supporting.stream()
                .filter(daos.getRegisteredDaoTypes()::contains)
                .toList();
    }
}
