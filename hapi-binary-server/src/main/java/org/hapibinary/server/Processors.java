/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/** Measures the use of the processors. */
interface Processors {

    /** The load, from 0 to 1; negative if unknown. */
    double load();

    /** The CPU time of a thread in nanoseconds. */
    long used(long thread);

    /** The time in nanoseconds, by a clock that never goes back. */
    long now();

    /** The processors of the machine, or of the container. */
    static Processors ofTheMachine() {
        OperatingSystemMXBean machine = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        return new Processors() {
            @Override
            public double load() {
                return machine.getCpuLoad();
            }

            @Override
            public long used(long thread) {
                return thread == Thread.currentThread().getId()
                        ? threads.getCurrentThreadCpuTime()
                        : threads.getThreadCpuTime(thread);
            }

            @Override
            public long now() {
                return System.nanoTime();
            }
        };
    }
}
