using System.CommandLine;
using Vdi.Server.Commands;

var root = new RootCommand("Vdi: desktops and applications in a browser tab")
{
    ServeCommand.Create(),
    ImageCommand.Create(),
    TemplateCommand.Create(),
    MachineCommand.Create(),
    AdminCommand.Create(),
    PoolCommand.Create(),
    CertificateCommand.Create(),
};
return await root.Parse(args).InvokeAsync();
