/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.host;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import java.time.Clock;
import java.util.Map;
import java.util.function.Function;
import org.hapibinary.catalog.CatalogDatabase;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.catalog.ExportWork;
import org.hapibinary.catalog.operator.ActivityRows;
import org.hapibinary.export.ExportServices;
import org.hapibinary.lifecycle.Sweep;
import org.hapibinary.observability.ActivityRecorder;
import org.hapibinary.observability.DownloadRecorder;
import org.hapibinary.observability.audit.AuditTrail;
import org.hapibinary.plugin.Plugin;
import org.springframework.context.ApplicationContext;

/** Parts of the plugin that are no beans of a Spring server, for tests that look at them. */
public final class PluginBeans {

    private static final Map<Class<?>, Function<ApplicationContext, Object>> PARTS = Map.of(
            ExportCatalog.class,
            context -> context.getBean(ExportServices.class).catalog(),
            ExportWork.class,
            context -> context.getBean(ExportServices.class).work(),
            Sweep.class,
            context -> context.getBean(Plugin.class).sweep(),
            DownloadRecorder.class,
            context -> new DownloadRecorder(
                    context.getBean(MeterRegistry.class),
                    ObservationRegistry.NOOP,
                    context.getBean(AuditTrail.class),
                    new ActivityRecorder(new ActivityRows(context.getBean(CatalogDatabase.class)), Clock.systemUTC()),
                    Clock.systemUTC()));

    private PluginBeans() {}

    /** A bean of a server, or one of these parts. */
    public static <T> T find(ApplicationContext context, Class<T> type) {
        Function<ApplicationContext, Object> part = PARTS.get(type);
        return part == null ? context.getBean(type) : type.cast(part.apply(context));
    }
}
