/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver;

import ca.uhn.fhir.batch2.api.IJobPersistence;
import ca.uhn.fhir.batch2.channel.BatchJobSender;
import org.hapibinary.catalog.ExportEngine;
import org.hapibinary.export.ExportServices;
import org.springframework.transaction.PlatformTransactionManager;

/** The resumption of stalled exports, for tests that bring an engine of their own. */
public final class Resumption {

    private Resumption() {}

    /** Looks once at every export that no server has shown to work on. */
    public static void run(
            ExportServices services,
            ExportEngine engine,
            IJobPersistence jobs,
            BatchJobSender sender,
            PlatformTransactionManager transactions) {
        new StalledExports(services, engine, jobs, sender, transactions).resume();
    }
}
