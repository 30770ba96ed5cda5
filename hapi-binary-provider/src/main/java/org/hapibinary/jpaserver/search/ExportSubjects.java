/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.search;

/**
 * The types and the patients that can be exported.
 *
 * @param types the types that the server exports
 * @param members finds the members of Groups
 * @param patients finds patients by their ids
 */
public record ExportSubjects(ExportableTypes types, GroupMembers members, PatientKeys patients) {}
