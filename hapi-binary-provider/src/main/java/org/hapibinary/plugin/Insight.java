/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.plugin;

import java.time.Duration;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.hapibinary.catalog.CatalogDatabase;
import org.hapibinary.catalog.ExportEngine;
import org.hapibinary.lifecycle.StoreBinding;
import org.hapibinary.lifecycle.Sweep;

/**
 * What the operator's view is made of.
 *
 * @param engine knows how far a running export is
 * @param filesSent how many files this server is sending
 * @param auditWaiting how many audit events a sink could not take so far
 * @param sweepInterval how often the sweep runs
 */
public record Insight(
        CatalogDatabase database,
        ExportEngine engine,
        IntSupplier filesSent,
        LongSupplier auditWaiting,
        StoreBinding binding,
        Sweep sweep,
        Duration sweepInterval) {}
