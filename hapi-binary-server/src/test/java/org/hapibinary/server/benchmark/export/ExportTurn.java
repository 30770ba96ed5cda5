/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.benchmark.export;

/**
 * What one export took, from its kick-off to its completion.
 *
 * @param serverCpu seconds of the server's process, user and system
 * @param databaseCpu seconds of PostgreSQL's processes
 * @param files that the manifest lists
 * @param bytes in all of them together
 * @param stored how many resources were passed through as they are stored
 */
record ExportTurn(double seconds, double serverCpu, double databaseCpu, long files, long bytes, long stored) {}
