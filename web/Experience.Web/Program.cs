using Experience.Web.Cli;

return await CommandLine.RunAsync(args);
