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
    TraceCommand.Create(),
    AuditCommand.Create(),
    BackupCommand.CreateBackup(),
    BackupCommand.CreateRestore(),
    LoginCommand.CreateLogin(),
    LoginCommand.CreateLogout(),
    TokenCommand.Create(),
    UserCommand.Create(),
    GroupCommand.Create(),
    QuotaCommand.Create(),
    SessionCommand.Create(),
    AppCommand.Create(),
    HomeCommand.Create(),
    HostCommand.Create(),
    NoticeCommand.Create(),
    ReportCommand.Create(),
    ApplyCommand.Create(),
    SiteCommand.Create(),
};

// An image's build takes its mounts off before it ends, which may take half a minute; the default of 2 s would cut it short.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(60) });
