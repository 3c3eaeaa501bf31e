package server

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/backup"
	"github.com/apposengine/appos/internal/config"
)

func backupCommand(apps []*appos.App) *cobra.Command {
	var o runOptions
	var only []string
	var output string
	var withKeys, asJSON, quiet bool
	c := &cobra.Command{
		Use:   "backup",
		Short: "Copy the databases and documents into one file, while they are in use",
		Long: `Copy the databases and documents into one file. The server may run and write
meanwhile: each database is copied as it is at one moment.

The keys that credentials are encrypted with are not in the file unless
--with-keys is given: keep them apart from it, for without them the credentials
of a restored database cannot be read.`,
		Example: "  backup                               into .appos/backups\n" +
			"  backup --output /mnt/backups/shop.tar.gz\n" +
			"  backup --json | jq .databases[].tables",
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := load(o)
			if err != nil {
				return err
			}
			if output == "" {
				name := fmt.Sprintf("appos-%s-%s.tar.gz", cfg.Platform.Environment, time.Now().UTC().Format("20060102T150405Z"))
				output = filepath.Join(cfg.Platform.Data, "backups", name)
			}
			targets, err := databases(c.Context(), cfg, apps, only)
			if err != nil {
				return err
			}
			bar := newProgress(c.ErrOrStderr(), quiet || asJSON)
			m, err := backup.Take(c.Context(), output, backup.Options{
				Databases: targets, Folders: folders(cfg, withKeys), Version: Version(), Environment: cfg.Platform.Environment, Progress: bar.bytes,
			})
			bar.end()
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), m)
			}
			if quiet {
				return nil
			}
			describeBackup(c.OutOrStdout(), m, nil)
			size := ""
			if i, err := os.Stat(output); err == nil {
				size = ", " + humanize.IBytes(uint64(i.Size()))
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "%s%s\n", output, size)
			return err
		},
	}
	c.Flags().StringVarP(&output, "output", "o", "", "the new `FILE` (default: named by the time, in the folder backups of the data folder)")
	o.dataFlag(c.Flags())
	c.Flags().StringSliceVar(&only, "database", nil, "copy only the database `NAME`: main, or a connected system such as crm_warehouse; may be repeated")
	c.Flags().BoolVar(&withKeys, "with-keys", false, "put the encryption keys in as well; who has the file can then read all credentials")
	c.Flags().BoolVar(&asJSON, "json", false, "print the manifest as JSON")
	c.Flags().BoolVarP(&quiet, "quiet", "q", false, "print nothing unless it fails")
	return c
}

func restoreCommand(apps []*appos.App) *cobra.Command {
	var o runOptions
	var only []string
	var verify, replace, asJSON bool
	c := &cobra.Command{
		Use:   "restore FILE",
		Short: "Verify a backup and put it back",
		Long: `Verify a backup (checksums, the structure of each database, its references, the
rows of each table) and put it back. Nothing is touched before all of it is
verified. The server must be stopped.

Places that have data are refused unless --replace is given: SQLite files and
folders are then put aside under another name, the tables of a PostgreSQL
database are replaced in one transaction.

How connected systems are reached stands in the database main, as far as the
console set it: on a new machine, put main back first, and the others then.`,
		Example: "  restore .appos/backups/appos-prod-20260131T040000Z.tar.gz --verify\n" +
			"  restore shop.tar.gz --replace\n" +
			"  restore shop.tar.gz --database main && restore shop.tar.gz --database crm_warehouse",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{fmt.Errorf("restore takes one file, a backup; there are %d arguments", len(args))}
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			cfg, err := load(o)
			if err != nil {
				return err
			}
			bar := newProgress(c.ErrOrStderr(), asJSON)
			defer bar.end()
			var r backup.Restored
			if verify {
				r.Manifest, err = backup.Verify(c.Context(), args[0], bar.bytes)
			} else {
				targets, wrong := restorable(c.Context(), cfg, apps)
				if wrong != nil {
					return wrong
				}
				r, err = backup.Restore(c.Context(), args[0], backup.RestoreOptions{
					Databases: targets, Only: only, Folders: folders(cfg, true), Replace: replace, Progress: bar.bytes,
				})
			}
			bar.end()
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), r)
			}
			return describeRestore(c.OutOrStdout(), r, only, verify)
		},
	}
	o.dataFlag(c.Flags())
	c.Flags().StringSliceVar(&only, "database", nil, "put back only the database `NAME`; may be repeated")
	c.Flags().BoolVar(&verify, "verify", false, "verify the backup and change nothing")
	c.Flags().BoolVar(&replace, "replace", false, "put aside or replace what is there")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// describeBackup lists databases and files; only names the databases, none is all of them and the files.
func describeBackup(out io.Writer, m *backup.Manifest, only []string) {
	for _, d := range m.Databases {
		if len(only) > 0 && !slices.Contains(only, d.Name) {
			continue
		}
		fmt.Fprintf(out, "%s: %s rows in %d tables (%s, %s)\n", d.Name, humanize.Comma(d.Rows()), len(d.Tables), d.Dialect, humanize.IBytes(uint64(d.Bytes)))
	}
	if len(m.Files) > 0 && len(only) == 0 {
		fmt.Fprintf(out, "%d files\n", len(m.Files))
	}
}

func describeRestore(out io.Writer, r backup.Restored, only []string, verify bool) error {
	if verify {
		only = nil // all of it was
	}
	describeBackup(out, r.Manifest, only)
	for _, path := range r.Aside {
		fmt.Fprintf(out, "what was there is now %s\n", path)
	}
	done := "restored"
	if verify {
		done = "complete and undamaged"
	}
	_, err := fmt.Fprintf(out, "%s: taken %s by AppOS %s\n", done, r.Manifest.CreatedAt.Format(time.RFC3339), r.Manifest.Version)
	return err
}

// folders are the folders of a project that a backup keeps.
func folders(cfg *config.Config, withKeys bool) []backup.Folder {
	all := []backup.Folder{{Name: "documents", Path: cmp.Or(cfg.Documents.Dir, filepath.Join(cfg.Platform.Data, "documents"))}}
	if withKeys {
		all = append(all, backup.Folder{Name: "keys", Path: filepath.Join(cfg.Platform.Data, "keys")})
	}
	return all
}

func printJSON(out io.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
