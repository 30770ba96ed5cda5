/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import java.time.Instant;
import java.util.Optional;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportFile;
import org.hapibinary.catalog.ExportState;
import org.hapibinary.catalog.FileKind;
import org.hapibinary.catalog.FileState;
import org.hapibinary.problem.Problem;
import org.jspecify.annotations.Nullable;

/**
 * The decision who may have what, on nothing but its arguments. Ownership is decided before state, so that a stranger
 * learns nothing about an export but that it is not theirs.
 */
final class ExportAccess {

    private ExportAccess() {}

    /** Why a caller may not have a file now, or nothing if they may. */
    static Optional<Problem> refusalOf(Caller caller, @Nullable ExportFile file, Instant now) {
        if (file == null) {
            return Optional.of(noSuchFile());
        }
        Export export = file.export();
        if (!caller.started(export)) {
            return Optional.of(Problem.forbidden("This file belongs to an export that another client started."));
        }
        if (file.kind() == FileKind.DATA && !caller.scopes().coversReading(file.resourceType())) {
            return Optional.of(insufficientScope(file.resourceType()));
        }
        if (export.state() != ExportState.COMPLETE) {
            return Optional.of(noSuchFile());
        }
        if (export.isExpired(now)) {
            return Optional.of(Problem.expired("This file has expired; start a new export."));
        }
        return file.state() == FileState.AVAILABLE ? Optional.empty() : Optional.of(noSuchFile());
    }

    /** Why a caller may not see or delete an export, or nothing if they may. */
    static Optional<Problem> refusalOf(Caller caller, @Nullable Export export, Instant now) {
        if (export == null) {
            return Optional.of(noSuchExport());
        }
        if (!caller.started(export)) {
            return Optional.of(Problem.forbidden("This export was started by another client."));
        }
        if (export.state() == ExportState.DELETED) {
            return Optional.of(noSuchExport());
        }
        if (export.isExpired(now)) {
            return Optional.of(Problem.expired("This export has expired; start a new one."));
        }
        return Optional.empty();
    }

    static Problem insufficientScope(String resourceType) {
        return Problem.insufficientScope("The token does not cover reading " + resourceType + "; it needs system/"
                + resourceType + ".rs (SMART v2) or system/" + resourceType + ".read (v1).");
    }

    private static Problem noSuchFile() {
        return Problem.notFound("There is no export file with this id.");
    }

    private static Problem noSuchExport() {
        return Problem.notFound("There is no export with this id.");
    }
}
