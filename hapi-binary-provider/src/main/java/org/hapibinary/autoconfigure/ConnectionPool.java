/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import java.util.Objects;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.jdbc.metadata.DataSourcePoolMetadata;
import org.springframework.boot.jdbc.metadata.DataSourcePoolMetadataProvider;

/**
 * Whether the host's pool has the connections that an export takes. A batch worker holds one while it reads keys, and
 * needs another one for what it does with them.
 */
final class ConnectionPool {

    private static final Logger log = LoggerFactory.getLogger(ConnectionPool.class);

    private static final String PROPERTY = "spring.datasource.hikari.maximum-pool-size";

    /** As HAPI has them ({@code BaseBatch2Config.getConcurrentConsumers}). */
    private static final int WORKERS = 4;

    /** One more than the workers can hold: with fewer, all of them may wait for each other. */
    private static final int LEAST = WORKERS + 1;

    /** Two for each worker, one for requests, and one for the periodic tasks. */
    private static final int ENOUGH = 2 * WORKERS + 2;

    private ConnectionPool() {}

    /**
     * Warns of a pool in which requests wait for a running export.
     *
     * @param providers know the kinds of pools that Spring Boot knows; another kind is not looked at
     * @throws InvalidPropertyException if the pool is so small that exports can stop
     */
    static void check(DataSource dataSource, Stream<DataSourcePoolMetadataProvider> providers) {
        Integer size = providers
                .map(provider -> provider.getDataSourcePoolMetadata(dataSource))
                .filter(Objects::nonNull)
                .map(DataSourcePoolMetadata::getMax)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
        if (size == null || size < 0) {
            return;
        }
        if (size < LEAST) {
            throw new InvalidPropertyException(
                    PROPERTY,
                    size.toString(),
                    "must be at least " + LEAST + ", or the " + WORKERS + " threads of an export wait for each other; "
                            + ENOUGH + " is enough");
        }
        if (size < ENOUGH) {
            log.warn(
                    "The connection pool has {} connections ({}). While an export runs, requests may have to wait for"
                            + " one: {} is enough",
                    size,
                    PROPERTY,
                    ENOUGH);
        }
    }
}
