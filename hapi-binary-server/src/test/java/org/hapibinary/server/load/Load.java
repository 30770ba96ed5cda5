/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.load;

/**
 * What one server has done under load for a while.
 *
 * @param bodyBytes received, of answers cut off at the end of the time as well
 * @param answers received whole
 * @param seconds it took
 * @param cpuSeconds the server has used
 * @param residentKibibytes of the server, at most
 * @param firstByte from each request to the first byte of its answer
 */
public record Load(
        long bodyBytes, long answers, double seconds, double cpuSeconds, long residentKibibytes, Latency firstByte) {}
