/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/** What the processors are used for. */
interface Processors {

    /** How busy they are, of 1; less than 0 if that is not known. */
    double load();

    /** For how many nanoseconds a thread has had one. */
    long used(long thread);

    /** Those of the machine, or of the container. */
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
        };
    }
}
