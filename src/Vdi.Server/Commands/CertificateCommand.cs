using System.CommandLine;
using Vdi.Emulator;
using Vdi.Server.Tls;

namespace Vdi.Server.Commands;

/// <summary>vdi certificate: the own CA, which people must trust once.</summary>
internal static class CertificateCommand
{
    public static Command Create()
    {
        var show = new Command("show", "Shows the file and the SHA-256 fingerprint of the own CA, for comparing with what a browser shows");
        show.SetAction(async (_, _) =>
        {
            var authority = new OwnAuthority(VdiServer.TlsFolder(StateFolder.FromEnvironment()), TimeProvider.System);
            if (!authority.Exists)
            {
                await Console.Error.WriteLineAsync("There is no own CA: it is made when 'vdi serve --bind' goes beyond loopback for the first time without --certificate or --acme.");
                return 1;
            }

            Console.WriteLine($"authority\t{authority.AuthorityFile}");
            Console.WriteLine($"fingerprint\t{authority.Fingerprint}");
            return 0;
        });
        return new Command("certificate", "Certificates") { show };
    }
}
