/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage.s3;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.hapibinary.storage.s3.S3AccessException.Cause;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** Tries every operation of the store once with a small object, to check the permissions. */
final class S3StartCheck {

    private static final byte[] PROBE = {'?'};

    /** Younger objects are not deleted: another server may be starting just now. */
    private static final Duration LEFT_BEHIND = Duration.ofHours(1);

    private final S3Objects objects;
    private final Clock clock;
    private final String probes;
    private final String key;

    /** @param prefix the beginning of all keys */
    S3StartCheck(S3Objects objects, String prefix, Clock clock) {
        this.objects = objects;
        this.clock = clock;
        this.probes = prefix + "start-check-";
        this.key = probes + UUID.randomUUID();
    }

    /** @throws S3AccessException if an operation fails, with the reason */
    void run() throws S3AccessException {
        attempt("write to", this::write);
        attempt("read from", () -> objects.get(key));
        attempt("delete from", this::delete);
        attempt("list", this::missingObjectsAreSeenToBeMissing);
        attempt("list", this::deleteWhatIsLeftBehind);
        attempt("list the uploads to", () -> objects.uploads(key));
    }

    private void write() throws IOException {
        objects.put(key, PROBE, PROBE.length);
    }

    private void delete() throws IOException {
        objects.delete(key);
    }

    /** Without the permission ListBucket, S3 answers 403 instead of 404 for a missing object. */
    private void missingObjectsAreSeenToBeMissing() throws IOException {
        try {
            objects.head(key);
        } catch (NoSuchFileException e) {
            // expected
        }
    }

    /** Deletes objects of a server that has died during its check. */
    private void deleteWhatIsLeftBehind() throws IOException {
        Instant before = clock.instant().minus(LEFT_BEHIND);
        List<String> left = new ArrayList<>();
        objects.list(probes, probe -> {
            if (probe.lastModified().isBefore(before)) {
                left.add(probe.key());
            }
        });
        for (String probe : left) {
            objects.delete(probe);
        }
    }

    private static void attempt(String what, Step step) throws S3AccessException {
        try {
            step.run();
        } catch (IOException e) {
            S3Exception answer = answerIn(e);
            Cause cause = answer == null ? Cause.ENDPOINT : causeOf(answer);
            throw new S3AccessException(cause, "It is not possible to " + what + " the bucket", e);
        }
    }

    private static @Nullable S3Exception answerIn(Throwable failure) {
        return failure.getCause() instanceof S3Exception answer ? answer : null;
    }

    private static Cause causeOf(S3Exception answer) {
        String code = answer.awsErrorDetails() == null
                ? ""
                : String.valueOf(answer.awsErrorDetails().errorCode());
        return switch (code) {
            case "NoSuchBucket" -> Cause.NO_BUCKET;
            case "InvalidAccessKeyId", "InvalidToken", "ExpiredToken" -> Cause.ACCESS_KEY;
            case "SignatureDoesNotMatch" -> Cause.SECRET_KEY;
            case "AuthorizationHeaderMalformed",
                    "PermanentRedirect",
                    "TemporaryRedirect",
                    "IllegalLocationConstraintException" -> Cause.REGION;
            default -> answer.statusCode() == 403 ? Cause.NOT_ALLOWED : Cause.ENDPOINT;
        };
    }

    private interface Step {
        void run() throws IOException;
    }
}
