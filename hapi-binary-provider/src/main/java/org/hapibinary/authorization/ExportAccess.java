/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import java.time.Instant;
import java.util.Optional;
import java.util.stream.Collectors;
import org.hapibinary.catalog.Attachment;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportFile;
import org.hapibinary.catalog.ExportState;
import org.hapibinary.catalog.FileKind;
import org.hapibinary.catalog.FileState;
import org.hapibinary.problem.Problem;
import org.jspecify.annotations.Nullable;

/**
 * The decision who may have what, on nothing but its arguments. Ownership is decided before scopes, and both before state,
 * so that a stranger learns nothing about an export but that it is not theirs.
 */
final class ExportAccess {

    /** What a request asks for. */
    sealed interface Asked {

        /**
         * The metadata or the content of a file.
         *
         * @param file in whatever state
         */
        record OfFile(ExportFile file) implements Asked {}

        /**
         * The metadata or the content of an attachment.
         *
         * @param attachment as it was exported
         */
        record OfAttachment(Attachment attachment) implements Asked {}

        /**
         * The status of an export, or its deletion.
         *
         * @param export null if there is none with the id asked for
         */
        record OfExport(@Nullable Export export) implements Asked {}
    }

    private ExportAccess() {}

    /** Why a caller may not have what is asked for at this moment, or nothing if they may. */
    static Optional<Problem> refusalOf(Caller caller, Asked asked, Instant now) {
        if (asked instanceof Asked.OfFile ofFile) {
            return Optional.ofNullable(refusalOfFile(caller, ofFile.file(), now));
        }
        if (asked instanceof Asked.OfAttachment ofAttachment) {
            return Optional.ofNullable(refusalOfAttachment(caller, ofAttachment.attachment(), now));
        }
        return Optional.ofNullable(refusalOfExport(caller, ((Asked.OfExport) asked).export(), now));
    }

    private static @Nullable Problem refusalOfFile(Caller caller, ExportFile file, Instant now) {
        boolean covered = file.kind() == FileKind.ERROR || caller.scopes().coversReading(file.resourceType());
        return refusalOfContent(caller, file, covered, now);
    }

    private static @Nullable Problem refusalOfAttachment(Caller caller, Attachment attachment, Instant now) {
        boolean covered = caller.scopes().coversReading("Binary")
                || caller.scopes().coversReading(attachment.file().resourceType());
        return refusalOfContent(caller, attachment.file(), covered, now);
    }

    private static @Nullable Problem refusalOfContent(Caller caller, ExportFile file, boolean covered, Instant now) {
        Export export = file.export();
        if (!caller.started(export)) {
            return Problem.forbidden("This file belongs to an export that another client started.");
        }
        if (!covered) {
            return insufficientScope(file.resourceType());
        }
        if (export.state() != ExportState.COMPLETE) {
            return noSuchFile();
        }
        if (export.isExpired(now)) {
            return Problem.expired("This file has expired; start a new export.");
        }
        return file.state() == FileState.AVAILABLE ? null : noSuchFile();
    }

    private static @Nullable Problem refusalOfExport(Caller caller, @Nullable Export export, Instant now) {
        if (export == null) {
            return noSuchExport();
        }
        if (!caller.started(export)) {
            return Problem.forbidden("This export was started by another client.");
        }
        String missing = export.authorization().resourceTypes().stream()
                .filter(type -> !caller.scopes().coversReading(type))
                .collect(Collectors.joining(", "));
        if (!missing.isEmpty()) {
            return insufficientScope(missing);
        }
        if (export.state() == ExportState.DELETED) {
            return noSuchExport();
        }
        if (export.isExpired(now)) {
            return Problem.expired("This export has expired; start a new one.");
        }
        return null;
    }

    private static Problem insufficientScope(String resourceTypes) {
        return Problem.insufficientScope("The token does not cover reading " + resourceTypes
                + "; it needs scopes such as system/Patient.rs (SMART v2) or system/Patient.read (v1).");
    }

    static Problem noSuchFile() {
        return Problem.notFound("There is no export file with this id.");
    }

    private static Problem noSuchExport() {
        return Problem.notFound("There is no export with this id.");
    }
}
