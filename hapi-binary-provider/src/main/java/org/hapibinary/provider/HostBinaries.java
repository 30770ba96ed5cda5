/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.provider;

import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.method.BaseMethodBinding;
import ca.uhn.fhir.rest.server.method.MethodMatchEnum;
import ca.uhn.fhir.rest.server.method.OperationMethodBinding;
import ca.uhn.fhir.rest.server.method.ReadMethodBinding;
import ca.uhn.fhir.rest.server.servlet.ServletRequestDetails;
import java.io.IOException;
import java.util.stream.Stream;
import org.hapibinary.problem.Problem;
import org.hl7.fhir.instance.model.api.IBaseResource;

/**
 * Finds the surrounding server's own interactions with Binaries: those that HAPI would have chosen if the plugin's
 * provider had not been registered after them.
 */
final class HostBinaries {

    private final Object pluginProvider;

    /** @param pluginProvider the provider to leave out */
    HostBinaries(Object pluginProvider) {
        this.pluginProvider = pluginProvider;
    }

    IBaseResource read(ServletRequestDetails request) {
        return behind(ReadMethodBinding.class, request).doInvokeServer(request.getServer(), request);
    }

    void binaryAccessRead(ServletRequestDetails request) throws IOException {
        behind(OperationMethodBinding.class, request).invokeServer(request.getServer(), request);
    }

    private <T extends BaseMethodBinding> T behind(Class<T> kind, ServletRequestDetails request) {
        RestfulServer server = request.getServer();
        return Stream.concat(
                        server.getResourceBindings().stream()
                                .filter(binding -> "Binary".equals(binding.getResourceName()))
                                .flatMap(binding -> binding.getMethodBindings().stream()),
                        server.createConfiguration().getGlobalBindings().stream())
                .filter(kind::isInstance)
                .map(kind::cast)
                .filter(binding -> binding.getProvider() != pluginProvider)
                .filter(binding -> binding.incomingServerRequestMatchesMethod(request) == MethodMatchEnum.EXACT)
                .findFirst()
                .orElseThrow(() -> Problem.notFound("There is no Binary with this id."));
    }
}
