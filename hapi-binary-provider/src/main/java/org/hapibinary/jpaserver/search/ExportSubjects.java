/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.search;

/**
 * What there is to be exported, and of whom.
 *
 * @param types that the server exports
 * @param members of Groups
 * @param patients by their ids
 */
public record ExportSubjects(ExportableTypes types, GroupMembers members, PatientKeys patients) {}
