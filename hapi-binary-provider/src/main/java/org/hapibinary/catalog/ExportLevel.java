/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

/** Of what an export was asked for (Bulk Data IG, "Bulk Data Kick-off Request"). */
public enum ExportLevel {
    /** {@code [base]/$export}. */
    SYSTEM,
    /** {@code Patient/$export} and {@code Patient/[id]/$export}. */
    PATIENT,
    /** {@code Group/[id]/$export}. */
    GROUP
}
