using System.CommandLine;
using System.Text.Json.Nodes;
using Vdi.Server.Client;
using Vdi.Server.Client.Site;

namespace Vdi.Server.Commands;

/// <summary>vdi site: everything that a site is set up with, as a file.</summary>
internal static class SiteCommand
{
    public static Command Create() => new("site", "Everything that a site is set up with") { Export() };

    private static ApiVerb Export() => new(
        "export",
        "Writes groups, users (without passwords), pools and quotas as a site file, for 'vdi apply'",
        async call =>
        {
            var site = (await call.Api.GetAsync("/api/site", call.Stop)).Body as JsonObject ?? [];
            if (call.Json)
            {
                call.Say(site, "");
            }
            else
            {
                SiteYaml.Write(site, Console.Out);
            }
        });
}
