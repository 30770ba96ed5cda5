/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import java.time.Instant;
import java.util.stream.Collectors;
import org.hapibinary.catalog.Attachment;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportFile;
import org.hapibinary.problem.Problem;
import org.jspecify.annotations.Nullable;

/**
 * Decides who may access an export, its files and its attachments. The decision depends only on the arguments and the
 * policy. It checks ownership before scopes, and both before state, so that another client learns of an export only
 * that it belongs to somebody else.
 */
final class ExportAccess {

    private static final String BINARY = "Binary";

    /**
     * The caller and the tenant of a request.
     *
     * @param tenant the tenant of the request; null if the server has none
     */
    record Asker(Caller caller, @Nullable String tenant) {

        /** Whether this caller started an export in this tenant. */
        boolean started(Export export) {
            return caller.started(export) && export.kickOff().isOfTenant(tenant);
        }

        /** The end of a sentence about an export of another client, or of another tenant. */
        private String orInAnotherTenant(Export export) {
            return caller.started(export) ? ", or the same one in another tenant." : ".";
        }

        private boolean covers(String resourceType) {
            return caller.scopes().coversReading(resourceType);
        }
    }

    private final ExportPolicy policy;

    /** @param policy further limits the clients */
    ExportAccess(ExportPolicy policy) {
        this.policy = policy;
    }

    /**
     * Returns why a caller may not read the metadata or the content of a file now; null if it may.
     *
     * @param file a file in any state
     */
    @Nullable
    Problem refusalOf(Asker asker, ExportFile file, Instant now) {
        boolean covered = file.kind() == ExportFile.Kind.ERROR || asker.covers(file.resourceType());
        return asker.started(file.export())
                ? refusalOfContent(asker, file, covered ? null : insufficientScope(file.resourceType()), now)
                : Problem.forbidden("This file belongs to an export that another client started"
                        + asker.orInAnotherTenant(file.export()));
    }

    /**
     * Returns why a caller may not read the metadata or the content of an attachment now; null if it may. To any other
     * client than the export's owner the answer is 404: the id is that of a document in the record.
     */
    @Nullable
    Problem refusalOf(Asker asker, Attachment attachment, Instant now) {
        return asker.started(attachment.export())
                ? refusalOfContent(asker, attachment.file(), missingFor(asker, attachment), now)
                : noSuchFile();
    }

    /** Returns the refusal if the permission of the attachment no longer holds; null if it holds. */
    private @Nullable Problem missingFor(Asker asker, Attachment attachment) {
        boolean byScope = attachment.permission() == Attachment.Permission.BINARY_SCOPE;
        String referring = attachment.file().resourceType();
        if (!asker.covers(BINARY) && (byScope || !asker.covers(referring))) {
            return insufficientScope(byScope ? BINARY : referring);
        }
        return byScope && policy.isLimited(asker.caller())
                ? Problem.forbidden("This client may not have this document any more because its token covers Binary;"
                        + " start a new export.")
                : null;
    }

    /** @param missing the refusal because of the token's scopes or the client's limits; null if these suffice */
    private @Nullable Problem refusalOfContent(Asker asker, ExportFile file, @Nullable Problem missing, Instant now) {
        Export export = file.export();
        if (missing != null) {
            return missing;
        }
        Problem denied = denial(asker, export);
        if (denied != null) {
            return denied;
        }
        if (export.state() != Export.State.COMPLETE) {
            return noSuchFile();
        }
        if (export.isExpired(now)) {
            return Problem.expired("This file has expired; start a new export.");
        }
        return file.state() == ExportFile.State.AVAILABLE ? null : noSuchFile();
    }

    /**
     * Returns why a caller may not see the status of an export, or delete it, now; null if it may.
     *
     * @param export null if there is no export with the requested id
     */
    @Nullable
    Problem refusalOf(Asker asker, @Nullable Export export, Instant now) {
        if (export == null) {
            return noSuchExport();
        }
        if (!asker.started(export)) {
            return Problem.forbidden("This export was started by another client" + asker.orInAnotherTenant(export));
        }
        String missing = export.authorization().resourceTypes().stream()
                .filter(type -> !asker.covers(type))
                .collect(Collectors.joining(", "));
        if (!missing.isEmpty()) {
            return insufficientScope(missing);
        }
        Problem denied = denial(asker, export);
        if (denied != null) {
            return denied;
        }
        if (export.state() == Export.State.DELETED) {
            return noSuchExport();
        }
        if (export.isExpired(now)) {
            return Problem.expired("This export has expired; start a new one.");
        }
        return null;
    }

    /** The policy's refusal, which may be newer than the kick-off; null if it has none. */
    private @Nullable Problem denial(Asker asker, Export export) {
        return policy.refusalOf(AskedExport.of(export, asker.caller()))
                .map(Problem::forbidden)
                .orElse(null);
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
