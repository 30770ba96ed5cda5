/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.example;

import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.hapibinary.authorization.AskedExport;
import org.hapibinary.authorization.Caller;
import org.hapibinary.authorization.ExportPolicy;
import org.hapibinary.catalog.KickOffRequest.Level;

/** Clients export the Groups that they have a contract for, each in its own tenant. */
public final class ContractPolicy implements ExportPolicy {

    /**
     * A client's contract.
     *
     * @param tenant whose patients it is about
     * @param groups the ids of the Groups
     */
    public record Contract(String tenant, Set<String> groups) {}

    private final Function<Caller, Optional<Contract>> contracts;

    /** @param contracts by client, from a database */
    public ContractPolicy(Function<Caller, Optional<Contract>> contracts) {
        this.contracts = contracts;
    }

    @Override
    public Optional<String> refusalOf(AskedExport asked) {
        Contract contract = contracts.apply(asked.caller()).orElse(null);
        if (contract == null) {
            return Optional.of("There is no contract with this client.");
        }
        boolean covered = asked.level() == Level.GROUP
                && contract.groups().contains(String.valueOf(asked.group()))
                && contract.tenant().equals(asked.tenant());
        return covered ? Optional.empty() : Optional.of("The contract with this client does not cover this export.");
    }
}
