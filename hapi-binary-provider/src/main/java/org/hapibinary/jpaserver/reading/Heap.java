/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.reading;

import com.sun.management.GarbageCollectorMXBean;
import com.sun.management.GcInfo;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/** What is free of the heap of this process, garbage left aside. */
final class Heap {

    /** For all that is not an export. */
    private static final double KEPT_FREE = 0.1;

    private static final Set<String> POOLS = ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getType() == MemoryType.HEAP)
            .map(MemoryPoolMXBean::getName)
            .collect(Collectors.toSet());

    private Heap() {}

    /**
     * Whether so many bytes can be had. If the last collection left too little, this collects once more, as that may
     * have been long ago: it is only to be asked for what takes a large part of the heap. Where the JVM does not
     * collect when it is asked to ({@code -XX:+DisableExplicitGC}), it is not known, and this says yes.
     */
    static boolean hasRoomFor(long bytes) {
        long limit = limit();
        if (bytes > limit) {
            return false;
        }
        if (bytes <= limit - usedAfterLastCollection()) {
            return true;
        }
        long before = collections();
        System.gc();
        long used = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        return bytes <= limit - used || collections() == before;
    }

    private static long collections() {
        return collectors().stream()
                .mapToLong(GarbageCollectorMXBean::getCollectionCount)
                .sum();
    }

    private static List<GarbageCollectorMXBean> collectors() {
        return ManagementFactory.getPlatformMXBeans(GarbageCollectorMXBean.class);
    }

    private static long limit() {
        return (long) (Runtime.getRuntime().maxMemory() * (1 - KEPT_FREE));
    }

    private static long usedAfterLastCollection() {
        return collectors().stream()
                .map(GarbageCollectorMXBean::getLastGcInfo)
                .filter(Objects::nonNull)
                .max(Comparator.comparing(GcInfo::getEndTime))
                .map(last -> heapUsed(last.getMemoryUsageAfterGc()))
                .orElse(0L);
    }

    private static long heapUsed(Map<String, MemoryUsage> pools) {
        return pools.entrySet().stream()
                .filter(pool -> POOLS.contains(pool.getKey()))
                .mapToLong(pool -> pool.getValue().getUsed())
                .sum();
    }
}
