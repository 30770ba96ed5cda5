/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.observability;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one place that is told of everything that an operator does. */
public final class OperatorLog {

    private static final Logger log = LoggerFactory.getLogger(OperatorLog.class);

    /**
     * Something that an operator has done.
     *
     * @param operator who did it, as far as the server knows
     * @param name what was done: {@code end-export}, {@code end-client}, {@code hold}, {@code release}, {@code sweep},
     *     {@code orphans} or {@code adopt}
     * @param exportId the export it was done to; null for none
     * @param client the client it was done to; null for none
     * @param reason that the operator has given; null for none
     * @param counts how much was affected, by what is counted; empty where nothing is
     */
    public record Action(
            String operator,
            String name,
            @Nullable String exportId,
            @Nullable Client client,
            @Nullable String reason,
            Map<String, Long> counts) {}

    /**
     * A client.
     *
     * @param issuer of its tokens
     * @param id of the client
     */
    public record Client(String issuer, String id) {}

    /** Records an action when it has been done. */
    public void done(Action action) {
        log.info(
                "{} by {}{}{}{} {}",
                action.name(),
                action.operator(),
                action.exportId() == null ? "" : ", export " + action.exportId(),
                action.client() == null
                        ? ""
                        : ", client " + action.client().id() + " of "
                                + action.client().issuer(),
                action.reason() == null ? "" : ", because: " + action.reason(),
                action.counts());
    }
}
