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

/** Estimates the free heap of this process, not counting garbage. */
final class Heap {

    /** The share of the heap that stays free for everything but exports. */
    private static final double KEPT_FREE = 0.1;

    private static final Set<String> POOLS = ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getType() == MemoryType.HEAP)
            .map(MemoryPoolMXBean::getName)
            .collect(Collectors.toSet());

    private Heap() {}

    /**
     * Whether the heap has room for so many bytes. If it had not after the last garbage collection, which may have been
     * long ago, this starts another one. So call it only for a large part of the heap. Returns true if that is unknown
     * because the JVM ignores the request ({@code -XX:+DisableExplicitGC}).
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
