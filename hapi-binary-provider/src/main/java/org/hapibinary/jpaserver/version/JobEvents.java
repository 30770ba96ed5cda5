/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.version;

import ca.uhn.fhir.batch2.model.JobInstance;
import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * HAPI's hooks that tell of a job after it is stored, in its transaction, and after it has ended. They are there from
 * HAPI 8.6.5 on. Earlier versions do not hand a kick-off's request to the hook before a job is stored, either.
 */
@Interceptor
public final class JobEvents {

    private static final Set<String> HOOKS =
            Set.of("STORAGE_POSTSTORAGE_BATCH_JOB_CREATE", "STORAGE_POSTCOMPLETE_BATCH_JOB");

    private final Consumer<JobInstance> stored;
    private final Consumer<JobInstance> ended;

    /** To be made only if HAPI has the hooks. */
    public JobEvents(Consumer<JobInstance> stored, Consumer<JobInstance> ended) {
        this.stored = stored;
        this.ended = ended;
    }

    /** Whether HAPI has the hooks. */
    public static boolean areThere() {
        return Stream.of(Pointcut.values())
                .map(Pointcut::name)
                .collect(Collectors.toSet())
                .containsAll(HOOKS);
    }

    /** Interceptor hook. Do not call this method directly. */
    @Hook(Pointcut.STORAGE_POSTSTORAGE_BATCH_JOB_CREATE)
    public void afterJobIsStored(JobInstance job) {
        stored.accept(job);
    }

    /** Interceptor hook. Do not call this method directly. */
    @Hook(Pointcut.STORAGE_POSTCOMPLETE_BATCH_JOB)
    public void afterJobHasEnded(JobInstance job) {
        ended.accept(job);
    }
}
